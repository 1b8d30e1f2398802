package com.example.shop.billing.repository;

import com.example.shop.billing.model.Payment;
import java.util.List;
import org.springframework.data.domain.Pageable;
import org.springframework.data.jpa.repository.JpaRepository;

public interface PaymentRepository extends JpaRepository<Payment, Long> {

    List<Payment> findByInvoiceCustomerIdOrderByPaidAtDesc(String customerId, Pageable page);
}
