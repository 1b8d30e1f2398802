package com.example.shop.billing.repository;

import com.example.shop.billing.model.Invoice;
import com.example.shop.billing.model.InvoiceStatus;
import java.util.List;
import java.util.Optional;
import org.springframework.data.domain.Pageable;
import org.springframework.data.jpa.repository.JpaRepository;

public interface InvoiceRepository extends JpaRepository<Invoice, Long> {

    List<Invoice> findByCustomerIdOrderByCreatedAtDesc(String customerId, Pageable page);

    List<Invoice> findTop500ByStatusOrderByDueOn(InvoiceStatus status);

    Optional<Invoice> findByOrderId(long orderId);
}
